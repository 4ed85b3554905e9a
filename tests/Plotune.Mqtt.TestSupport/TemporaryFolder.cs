namespace Plotune.Mqtt.TestSupport;

/// <summary>A folder that goes with the test, and all that is in it. To be made before whoever writes into it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("plotune-mqtt-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
