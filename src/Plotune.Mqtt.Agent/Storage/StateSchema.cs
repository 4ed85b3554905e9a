using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The tables, as a list of steps that each take the schema one version further. A step that was ever released is never changed.</summary>
internal static class StateSchema
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE connections (
            name TEXT NOT NULL PRIMARY KEY,
            settings TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE signals (
            id INTEGER PRIMARY KEY,
            connection TEXT NOT NULL,
            topic TEXT NOT NULL,
            path TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE,
            kind INTEGER NOT NULL,
            unit TEXT,
            description TEXT,
            UNIQUE (connection, topic, path)
        );
        """,
        "ALTER TABLE signals ADD COLUMN first_seen INTEGER;", // microseconds since 1970
        """
        CREATE TABLE held_topics (
            connection TEXT NOT NULL,
            worker INTEGER NOT NULL,
            session TEXT NOT NULL,
            topics TEXT NOT NULL,
            PRIMARY KEY (connection, worker)
        ) WITHOUT ROWID;
        """,
        "CREATE TABLE built_in_broker (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL);",
        "CREATE TABLE bridges (name TEXT NOT NULL PRIMARY KEY, settings TEXT NOT NULL, taken BLOB NOT NULL) WITHOUT ROWID;",
        """
        CREATE TABLE event_sources (
            name TEXT NOT NULL PRIMARY KEY,
            settings TEXT -- NULL once deleted: what plugin.json says of it does not count any more
        ) WITHOUT ROWID;
        CREATE TABLE agent_identity (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL);
        INSERT INTO agent_identity VALUES (1, lower(hex(randomblob(16))));
        """,
        // outbound.id is the queue's number in the upper 16 bits and the place in the queue in the lower 48. Times are milliseconds since 1970.
        """
        CREATE TABLE outbound_queues (
            number INTEGER PRIMARY KEY,
            connection TEXT UNIQUE -- NULL: the connection is deleted, and its messages are being removed
        );
        CREATE TABLE outbound_sources (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE outbound_counts (
            queue INTEGER NOT NULL,
            source INTEGER NOT NULL,
            records INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (queue, source)
        ) WITHOUT ROWID;
        CREATE TABLE outbound (
            id INTEGER PRIMARY KEY,
            source INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            accepted INTEGER NOT NULL,
            expires INTEGER,
            topic TEXT NOT NULL,
            payload BLOB NOT NULL
        );
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            queue INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            source TEXT NOT NULL,
            flags INTEGER NOT NULL,
            expires INTEGER,
            reason TEXT NOT NULL,
            sentence TEXT NOT NULL,
            topic TEXT NOT NULL,
            payload_bytes INTEGER NOT NULL,
            payload BLOB -- NULL: too large to be kept
        );
        CREATE INDEX dead_letters_of_queue ON dead_letters (queue, id, bytes);
        """,
    ];

    public static int Version => Steps.Length;

    /// <summary>Brings the file to <see cref="Version"/>, each step in a transaction of its own.</summary>
    /// <exception cref="StateSchemaException">It is beyond.</exception>
    public static void Migrate(SqliteConnection connection)
    {
        var found = (long)connection.QueryScalar("PRAGMA user_version")!;
        if (found > Version)
            throw new StateSchemaException(connection.DataSource, found, Version);

        for (var step = (int)found; step < Version; step++)
            connection.Execute($"BEGIN IMMEDIATE; {Steps[step]} PRAGMA user_version = {step + 1}; COMMIT;");
    }
}
