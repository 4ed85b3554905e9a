using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>
/// The calls an extension makes to Plotune Core. A call never throws for what Core or the network does: the <see cref="CoreReply"/> says it.
/// Thread-safe. The token, once known, goes with every call and nowhere else.
/// </summary>
internal sealed partial class CoreClient : IDisposable
{
    /// <summary>How long Core may take to answer.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private const int MaximumAnswerBytes = 64 * 1024;

    private readonly HttpClient _http;
    private readonly ILogger<CoreClient> _logger;
    private volatile string? _token;

    public CoreClient(Uri address, ILogger<CoreClient> logger)
    {
        // Core is on this machine or beside it; a proxy of the user's browser settings has no business in between.
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        _http = new HttpClient(handler) { BaseAddress = address, Timeout = AnswerTimeout, MaxResponseContentBufferSize = MaximumAnswerBytes };
        _logger = logger;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="manifestJson">The whole plugin.json with the real port.</param>
    public Task<CoreReply> RegisterAsync(string manifestJson, CancellationToken cancellationToken) =>
        PostAsync("/register", Encoding.UTF8.GetBytes(manifestJson), cancellationToken);

    public Task<CoreReply> HeartbeatAsync(HeartbeatMessage message, CancellationToken cancellationToken) =>
        PostAsync("/heartbeat", message, CoreJson.Default.HeartbeatMessage, cancellationToken);

    public Task<CoreReply> AddVariableAsync(VariableMessage message, CancellationToken cancellationToken) =>
        PostAsync("/add/variable", message, CoreJson.Default.VariableMessage, cancellationToken);

    public Task<CoreReply> ToastAsync(ToastMessage message, CancellationToken cancellationToken) =>
        PostAsync("/api/toast", message, CoreJson.Default.ToastMessage, cancellationToken);

    /// <summary>Asks Core for the user's token. Core without accounts has none, which is no fault.</summary>
    public async Task RefreshTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync("/api/auth", cancellationToken);
            if (!response.IsSuccessStatusCode) return;
            var answer = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellationToken), CoreJson.Default.AuthAnswer);
            _token = answer is { Valid: true, AuthToken: { Length: > 0 } token } && IsHeaderSafe(token) ? token : null;
        }
        catch (Exception exception) when (IsCoresDoing(exception, cancellationToken))
        {
            Log.NoToken(_logger, ReasonOf(exception));
        }
    }

    public void Dispose() => _http.Dispose();

    private Task<CoreReply> PostAsync<T>(string route, T message, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken) =>
        PostAsync(route, JsonSerializer.SerializeToUtf8Bytes(message, typeInfo), cancellationToken);

    private async Task<CoreReply> PostAsync(string route, byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new ByteArrayContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (_token is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.Unauthorized) _token = null;
            return ReplyOf(route, response.StatusCode);
        }
        catch (Exception exception) when (IsCoresDoing(exception, cancellationToken))
        {
            return new CoreReply(CoreOutcome.Failed, $"POST {route}: {ReasonOf(exception)}");
        }
    }

    private static CoreReply ReplyOf(string route, HttpStatusCode status) => status switch
    {
        >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => new CoreReply(CoreOutcome.Accepted),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new CoreReply(CoreOutcome.Unknown, Sentence(route, status)),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425
            => new CoreReply(CoreOutcome.Failed, Sentence(route, status)),
        >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => new CoreReply(CoreOutcome.Refused, Sentence(route, status)),
        _ => new CoreReply(CoreOutcome.Failed, Sentence(route, status)),
    };

    private static string Sentence(string route, HttpStatusCode status) => $"POST {route}: Core answered {(int)status} ({status})";

    private static bool IsCoresDoing(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static string ReasonOf(Exception exception) => exception switch
    {
        OperationCanceledException => $"no answer within {AnswerTimeout.TotalSeconds:0} s",
        HttpRequestException { InnerException: SocketException socket } => socket.Message,
        _ => exception.Message,
    };

    private static bool IsHeaderSafe(string token) => !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static partial class Log
    {
        [LoggerMessage(3500, LogLevel.Debug, "Plotune Core gave no token: {Reason}")]
        public static partial void NoToken(ILogger logger, string reason);
    }
}
