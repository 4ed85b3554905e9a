using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>The form: its schema, its submission and its buttons.</summary>
internal sealed class FormEndpoints(
    IConnectionManager connections, BuiltInBrokerService broker, PluginManifest manifest, FormChoice choice, TimeProvider timeProvider)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/form", ShowAsync);
        routes.MapPost("/form", SubmitAsync);
        routes.MapPost("/form/test", TestAsync);
        routes.MapPost("/form/show", ChooseAsync);
    }

    private FormOffer Offer() => choice.Connection is { } name && connections.Get(name) is { } stored
        ? FormOffer.Of(stored.Config, manifest.Mqtt)
        : FormOffer.OfDefaults(manifest.Mqtt);

    private FormSubmissionReader Reader() => new(
        name => connections.Get(name)?.Config,
        Offer(),
        broker.Settings,
        broker.LeadsHere,
        ProducerStamp.Next(connections.List().Select(connection => connection.Config), timeProvider.GetUtcNow()));

    private Task ShowAsync(HttpContext context)
    {
        string[] names = [.. connections.List().Select(connection => connection.Config.Name)];
        var schema = new FormBuilder(Offer(), names, broker.Settings, $"{context.Request.Scheme}://{context.Request.Host}").Build();
        return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, schema, FormJson.Readable.FormSchema);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadObjectAsync(context);
        var submission = RequestBody.Read(body, Reader().Read);
        List<string> warnings = [];
        switch (submission.Connection)
        {
            case FormAction.Save save:
                // A form adds to what is stored, so it is read again where nobody else can change that.
                var stored = await connections.ChangeAsync(
                    () => RequestBody.Read(body, Reader().Read).Connection is FormAction.Save again ? again.Config : save.Config, context.RequestAborted);
                warnings.AddRange(ConnectionWarnings.Of(stored.Config));
                break;
            case FormAction.Remove remove:
                await connections.DeleteAsync(remove.Name, context.RequestAborted);
                break;
        }

        var message = "Form saved!";
        if (submission.Broker is { } settings)
        {
            var wasRunning = broker.Server is not null;
            await broker.PutAsync(settings, context.RequestAborted);
            message = $"{message} {BuiltInBrokerText.Of(broker, wasRunning, submission)}";
        }

        warnings.AddRange(broker.Warnings);
        choice.Connection = null;
        await AnswerAsync(context, true, message, warnings);
    }

    private async Task TestAsync(HttpContext context)
    {
        var submission = await RequestBody.ReadAsync(context, Reader().Read);
        if (submission.Connection is not FormAction.Save save)
        {
            await AnswerAsync(context, false, submission.Connection is null ? "The form describes no connection that could be tested" : "A connection that is to be removed is not tested");
            return;
        }

        var result = await connections.TestAsync(save.Config, context.RequestAborted);
        await AnswerAsync(context, result.Success, result.Reason, ConnectionWarnings.Of(save.Config));
    }

    private async Task ChooseAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadObjectAsync(context);
        var faults = new FaultList();
        var name = new FormValues(body.RootElement, faults).Text(FormKeys.Connection);
        if (faults.Count > 0) throw new RefusedBodyException(faults);
        if (string.IsNullOrEmpty(name) || name == FormReader.NewConnection) name = null;
        if (name is not null && connections.Get(name) is null) throw new RefusedBodyException(FormKeys.Connection, $"there is no connection named '{name}'");
        choice.Connection = name;
        await AnswerAsync(context, true, name is null ? "The form shows the defaults when it is opened next" : $"The form shows {name} when it is opened next");
    }

    private static Task AnswerAsync(HttpContext context, bool success, string message, IReadOnlyList<string>? warnings = null) => ApiAnswer.WriteAsync(
        context,
        StatusCodes.Status200OK,
        new OutcomeAnswer(success ? "success" : "failed", message) { Warnings = warnings is { Count: > 0 } ? warnings : null },
        ApiJson.Readable.OutcomeAnswer);
}
