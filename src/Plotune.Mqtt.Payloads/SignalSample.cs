namespace Plotune.Mqtt.Payloads;

/// <summary>One value of one signal inside a <see cref="DecodedMessage"/>, which holds the time and the bytes of texts.</summary>
/// <param name="SignalId">As given by <see cref="ISignalRegistry"/>.</param>
/// <param name="Number">The number; 1 or 0 for a boolean.</param>
/// <param name="TextOffset">Start in <see cref="DecodedMessage.Text"/>.</param>
/// <param name="TextLength">UTF-8 bytes.</param>
/// <param name="TextCut">The text was longer than the limit and has been cut at a character boundary.</param>
public readonly record struct SignalSample(int SignalId, SignalValueKind Kind, double Number = 0, int TextOffset = 0, int TextLength = 0, bool TextCut = false);
