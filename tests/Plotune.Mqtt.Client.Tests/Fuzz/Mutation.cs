namespace Plotune.Mqtt.Client.Tests.Fuzz;

/// <summary>Damages bytes in the ways that find faults in parsers.</summary>
internal static class Mutation
{
    private static readonly byte[] Telling = [0x00, 0x01, 0x02, 0x7F, 0x80, 0x81, 0xC0, 0xED, 0xFE, 0xFF];

    public static byte[] Apply(Random random, byte[] bytes, byte[] other)
    {
        var at = random.Next(bytes.Length);
        var length = random.Next(1, Math.Min(20, bytes.Length - at) + 1);
        switch (random.Next(8))
        {
            case 0:
                return With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8))));
            case 1:
                return With(bytes, at, Telling[random.Next(Telling.Length)]);
            case 2:
                return With(bytes, at, (byte)(bytes[at] + (random.Next(2) == 0 ? 1 : -1)));
            case 3:
                return bytes[..Math.Max(1, at)];
            case 4:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 5 when length < bytes.Length:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 6:
                return [.. bytes[..at], .. other[random.Next(other.Length)..]];
            default:
                var noise = new byte[length];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[at..]];
        }
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }
}
