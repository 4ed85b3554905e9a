namespace Plotune.Mqtt.Payloads.Tests.Support;

/// <summary>
/// Envelopes made by Python 3.11: <c>json.dumps({"payload": p, "hmac": hmac.new(s.encode(), p.encode(), hashlib.sha256).hexdigest(), "algo": "sha256"})</c>.
/// OpenSSL's <c>dgst -sha256 -hmac</c> gives the same digests.
/// </summary>
internal static class PythonEnvelopes
{
    public static TheoryData<string, string, string> All => new(
        (
            "s3cret",
            """{"event":"tool_enabled","tool_id":12,"tool_name":"AFM","usage_id":991,"user_name":"A. User","start_time":"2026-02-27T10:15:00+00:00"}""",
            """{"payload": "{\"event\":\"tool_enabled\",\"tool_id\":12,\"tool_name\":\"AFM\",\"usage_id\":991,\"user_name\":\"A. User\",\"start_time\":\"2026-02-27T10:15:00+00:00\"}", "hmac": "ef07ff2d1fbab0fddea6f726bb3bd5d956d4031c5d872bd82ad3085da4342b21", "algo": "sha256"}"""),
        ("s3cret", "", """{"payload": "", "hmac": "91dfac70c5348b04e1babb8b421ac92cec08b565b49ca16130dccb72503647b7", "algo": "sha256"}"""),
        ("s3cret", "23.4", """{"payload": "23.4", "hmac": "6c11ce0e38231df5b761db5286db7d369529a6ee11062baa7b64a4ef40aff571", "algo": "sha256"}"""),
        (
            "Schlüssel \U0001F511",
            "grün \U0001F600 \"\\/\b\f\n\r\t\0\u001f\u007f\u2028~\uffff",
            """{"payload": "gr\u00fcn \ud83d\ude00 \"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028~\uffff", "hmac": "b841c4183f6042f0fbd37c8d713fdd4d63aefecafe50c66edca77307443c58f9", "algo": "sha256"}"""),
        (new string('k', 100), "\ufeffrunning", """{"payload": "\ufeffrunning", "hmac": "5f9f77631d285b3bab6fc17ac3e29e1b9d1f87b576b1b2ba601d81822900042e", "algo": "sha256"}"""));
}
