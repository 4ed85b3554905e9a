namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>Says something to a person. Standard output may be a file on a full disk, which must not end a program whose work is another.</summary>
internal static class StandardOutput
{
    public static void Say(params ReadOnlySpan<string> lines)
    {
        try
        {
            foreach (var line in lines) Console.Out.WriteLine(line);
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine($"Standard output cannot be written: {exception.Message}");
        }
    }
}
