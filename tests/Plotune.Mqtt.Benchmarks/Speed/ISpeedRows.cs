namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>Rows of the table that are measured together.</summary>
internal interface ISpeedRows
{
    /// <summary>Measures, row by row. Throws if a message is lost on the way.</summary>
    IAsyncEnumerable<SpeedRow> MeasureAsync(CancellationToken cancellationToken);
}
