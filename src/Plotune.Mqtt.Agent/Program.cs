using Plotune.Mqtt.Agent.Hosting;

return args is ["worker", ..] ? await WorkerRole.RunAsync() : await AgentCommand.RunAsync(args);
