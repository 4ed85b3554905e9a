using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// A statement that is prepared once and run often, on the owning task of the database. Its parameters are bound in the order of their names. It goes with its connection.
/// </summary>
internal sealed class KeptCommand(string sql, params string[] parameters)
{
    private SqliteCommand? _command;
    private SqliteParameter[] _parameters = [];

    /// <summary>Binds the values, null for NULL, and runs the statement.</summary>
    /// <returns>Rows changed.</returns>
    public int Execute(SqliteConnection connection, params ReadOnlySpan<object?> values) => Bind(connection, values).ExecuteNonQuery();

    /// <inheritdoc cref="Execute"/>
    /// <returns>The rows; dispose them before the statement is run again.</returns>
    public SqliteDataReader Query(SqliteConnection connection, params ReadOnlySpan<object?> values) => Bind(connection, values).ExecuteReader();

    private SqliteCommand Bind(SqliteConnection connection, ReadOnlySpan<object?> values)
    {
        if (_command?.Connection != connection)
            Prepare(connection);

        for (var i = 0; i < values.Length; i++)
            _parameters[i].Value = values[i] ?? DBNull.Value;
        return _command!;
    }

    private void Prepare(SqliteConnection connection)
    {
        _command = connection.Prepare(sql);
        _parameters = [.. parameters.Select(name => _command.Parameters.Add(new SqliteParameter { ParameterName = name }))];
    }
}
