namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Another agent runs on this data folder.</summary>
/// <param name="holder">Its process id; null if it could not be read.</param>
internal sealed class DataFolderInUseException(string path, int? holder)
    : Exception($"Another agent ({(holder is null ? "its process id is not known" : $"process {holder}")}) uses the data folder '{path}'. Stop it, or name another folder in {DataFolder.EnvironmentVariable}.")
{
    public int? Holder { get; } = holder;
}
