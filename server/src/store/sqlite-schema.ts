/** "Prch": marks a SQLite file as Perch's own (PRAGMA application_id). */
export const APPLICATION_ID = 0x50726368;

/** The config that servers gave to boards that nobody wrote one for, before there were layers. */
const SERVER_MADE = `${JSON.stringify(
  {
    period: '10s',
    sensors: [
      { id: 'sys', driver: 'sysfs', proc: ['load', 'memory', 'disk', 'uptime'] },
      { id: 'temps', driver: 'sysfs', discover: ['hwmon', 'thermal', 'iio'] },
    ],
  },
  null,
  2,
)}\n`;

/** Each entry brings a database from the schema of its index to the next (PRAGMA user_version). Only ever append. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE devices (
    alias TEXT NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    digest TEXT NOT NULL, -- SHA-256 of the key in hex; a fingerprint is its head
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'revoked')),
    platform TEXT NOT NULL,
    version TEXT NOT NULL,
    config_version INTEGER NOT NULL,
    refused TEXT, -- JSON
    update_report TEXT, -- JSON
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (alias, key)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX devices_one_approved ON devices (alias) WHERE status = 'approved';
  CREATE INDEX devices_pending ON devices (last_seen) WHERE status = 'pending';

  CREATE TABLE enrolments (
    alias TEXT PRIMARY KEY, -- one secret at a time
    secret_sha256 TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE configs (
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    items TEXT NOT NULL, -- JSON
    created INTEGER NOT NULL,
    PRIMARY KEY (alias, version)
  ) STRICT;

  CREATE TABLE records (
    alias TEXT NOT NULL,
    stream TEXT NOT NULL,
    number INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    synchronised INTEGER NOT NULL,
    per INTEGER NOT NULL,
    config_version INTEGER NOT NULL,
    version TEXT NOT NULL,
    "values" TEXT NOT NULL, -- JSON
    errors TEXT NOT NULL, -- JSON
    received INTEGER NOT NULL,
    PRIMARY KEY (alias, stream, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_time ON records (alias, timestamp, stream, number);

  CREATE TABLE releases (
    platform TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version TEXT NOT NULL,
    length INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    object_length INTEGER NOT NULL,
    object_sha256 TEXT NOT NULL,
    manifest BLOB NOT NULL,
    signature BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (platform, sequence)
  ) STRICT;
  `,
  `
  ALTER TABLE devices ADD COLUMN restart TEXT; -- JSON

  ALTER TABLE records ADD COLUMN boot TEXT NOT NULL DEFAULT ''; -- '' where schema 1 did not know it
  ALTER TABLE records ADD COLUMN since_boot INTEGER;

  CREATE TABLE gaps (
    alias TEXT NOT NULL,
    stream TEXT NOT NULL,
    "from" INTEGER NOT NULL,
    "to" INTEGER NOT NULL,
    count INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    why TEXT NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (alias, stream, "from", why)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX gaps_by_time ON gaps (alias, until);
  `,
  `
  DROP TABLE releases; -- signed by a key that is no more
  CREATE TABLE releases (
    platform TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version TEXT NOT NULL,
    length INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    index_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (platform, sequence)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE metadata (
    role TEXT NOT NULL CHECK (role IN ('root', 'timestamp', 'snapshot', 'targets')),
    version INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (role, version)
  ) STRICT;

  CREATE TABLE objects (
    target_sha256 TEXT NOT NULL,
    base_sha256 TEXT NOT NULL, -- '' for the full form
    sha256 TEXT NOT NULL,
    length INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (target_sha256, base_sha256)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE rollouts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    spec TEXT NOT NULL, -- JSON
    state TEXT NOT NULL, -- JSON
    revision INTEGER NOT NULL,
    created INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE rollout_steps (
    rollout INTEGER NOT NULL, -- 0: of a pin or the standing release
    alias TEXT NOT NULL,
    back INTEGER NOT NULL,
    version TEXT NOT NULL,
    before TEXT NOT NULL,
    stage TEXT NOT NULL,
    since INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    code TEXT,
    PRIMARY KEY (rollout, alias, back)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE rollout_since (
    platform TEXT PRIMARY KEY, -- '*' for every platform
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE device_groups (
    alias TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (alias, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE pins (
    kind TEXT NOT NULL CHECK (kind IN ('board', 'group')),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE held_releases (
    platform TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (platform, version)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE grants (
    kind TEXT NOT NULL CHECK (kind IN ('token', 'session', 'link')),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'operate', 'admin')),
    secret_sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    used INTEGER,
    parent TEXT, -- id of the token that a session was begun with
    PRIMARY KEY (kind, id),
    UNIQUE (kind, secret_sha256)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    alias TEXT,
    text TEXT NOT NULL,
    data TEXT -- JSON
  ) STRICT;
  CREATE INDEX events_of_alias ON events (alias, id) WHERE alias IS NOT NULL;
  `,
  `
  CREATE TABLE layers (
    kind TEXT NOT NULL CHECK (kind IN ('fleet', 'group', 'board')),
    name TEXT NOT NULL, -- '' for the fleet
    version INTEGER NOT NULL,
    text TEXT, -- NULL: it was taken away
    created INTEGER NOT NULL,
    actor TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (kind, name, version)
  ) STRICT;
  -- What people wrote for a board before there were layers is its own layer. The one that
  -- the server made for a board that nobody wrote one for is not.
  INSERT INTO layers SELECT 'board', alias, 1, text, created, 'server', NULL FROM configs AS one
    WHERE version = (SELECT max(version) FROM configs WHERE alias = one.alias)
      AND NOT (version = 1 AND text = '${SERVER_MADE}');
  `,
  `
  CREATE TABLE hours (
    alias TEXT NOT NULL,
    hour INTEGER NOT NULL, -- since 1970
    items TEXT NOT NULL, -- JSON
    records INTEGER NOT NULL,
    runs TEXT NOT NULL, -- JSON: which records those are
    unsynchronised INTEGER NOT NULL, -- when the last one came whose board did not know the time; 0: none
    final INTEGER NOT NULL,
    PRIMARY KEY (alias, hour)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE hours_due (
    alias TEXT NOT NULL,
    hour INTEGER NOT NULL,
    making INTEGER NOT NULL, -- 1: what was marked before its making began
    at INTEGER NOT NULL, -- when it may be made
    PRIMARY KEY (alias, hour, making)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hours_due_by_time ON hours_due (at);

  INSERT INTO settings SELECT 'hours.marked', '["",-1]' WHERE EXISTS (SELECT 1 FROM records);
  `,
  `
  CREATE TABLE alert_rules (
    id TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    rule TEXT NOT NULL -- JSON
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE alerts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,
    alias TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('firing', 'acknowledged', 'resolved')),
    since INTEGER NOT NULL,
    rest TEXT NOT NULL -- JSON
  ) STRICT;
  CREATE INDEX alerts_open ON alerts (rule, alias) WHERE state <> 'resolved';
  `,
  `
  CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL, -- JSON
    enabled INTEGER NOT NULL,
    secret TEXT NOT NULL,
    created INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL,
    message TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON, as it is sent
    created INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    tried INTEGER,
    status INTEGER,
    error TEXT
  ) STRICT;
  CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook, due, id) WHERE state = 'waiting';
  CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook, id);
  `,
];
