namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The state file was written by a later version of this program.</summary>
internal sealed class StateSchemaException(string path, long found, long known)
    : Exception($"The state file '{path}' has schema {found}, but this version knows schemas up to {known}. Install the version that wrote it, or move the file away to start afresh.");
