using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

public sealed class AgentRunnerTests
{
    [Fact]
    public async Task A_data_folder_in_use_ends_with_code_3()
    {
        using var temporary = new TemporaryFolder();
        var path = temporary["data"];
        using var holder = DataFolder.Acquire(path);

        Assert.Equal(ExitCode.AlreadyRunning, await AgentRunner.RunAsync(TestAgent.StandaloneSettings with { DataFolder = path }));
    }

    [Fact]
    public async Task A_port_in_use_ends_with_code_2_and_gives_the_folder_back()
    {
        using var temporary = new TemporaryFolder();
        var path = temporary["data"];
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var code = await AgentRunner.RunAsync(TestAgent.StandaloneSettings with { DataFolder = path, Port = ((IPEndPoint)other.LocalEndpoint).Port });

        Assert.Equal(ExitCode.BadConfiguration, code);
        DataFolder.Acquire(path).Dispose();
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--port=x")]
    [InlineData("--port=70000")]
    [InlineData("--bind=0.0.0.0")]
    [InlineData("--connect=quic://h")]
    public async Task A_bad_command_line_ends_with_code_2(string argument) => Assert.Equal(ExitCode.BadConfiguration, await AgentCommand.RunAsync([argument, "--standalone"]));

    [Theory]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task Help_and_version_end_with_code_0(string argument) => Assert.Equal(0, await AgentCommand.RunAsync([argument]));
}
