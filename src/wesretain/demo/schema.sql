-- The database of a sample hosting company. As in most real ones, only some of the links are foreign keys.

CREATE TABLE clients (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    company TEXT,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    address TEXT,
    birth_date DATE,
    guardian_approved_at DATETIME,
    tax_id TEXT,
    joined_ip TEXT,
    last_seen_at DATETIME,
    keep_until DATE
);

CREATE TABLE logins (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ip TEXT,
    browser TEXT,
    system TEXT,
    screen TEXT,
    provider TEXT
);

CREATE TABLE page_views (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    at INTEGER,
    page TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    ip TEXT
);

CREATE TABLE cookie_consents (
    id INTEGER PRIMARY KEY,
    client_id INTEGER,
    visitor TEXT NOT NULL,
    functional BOOLEAN NOT NULL,
    analytical BOOLEAN NOT NULL,
    decided_at TEXT
);

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    client_id INTEGER,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    state TEXT NOT NULL,
    changed_at DATETIME
);

CREATE TABLE invoices (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    number TEXT NOT NULL UNIQUE,
    total NUMERIC NOT NULL,
    paid_on DATE
);

CREATE TABLE invoice_items (
    id INTEGER PRIMARY KEY,
    invoice_id INTEGER NOT NULL REFERENCES invoices (id),
    product TEXT NOT NULL,
    price NUMERIC NOT NULL
);

CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    closed_at DATETIME,
    server_ip TEXT,
    ssh_user TEXT,
    ssh_password TEXT,
    install_folder TEXT,
    affected_accounts TEXT
);

CREATE TABLE ticket_posts (
    id INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    author TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE mails (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    sent_at TEXT,
    subject TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE letters (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    received_on DATE,
    subject TEXT NOT NULL
);

CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    bytes INTEGER NOT NULL
);

CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    object_type TEXT NOT NULL,
    object_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL REFERENCES files (id)
);

CREATE TABLE testimonials (
    id INTEGER PRIMARY KEY,
    client_id INTEGER,
    author TEXT NOT NULL,
    company TEXT,
    body TEXT NOT NULL,
    given_on DATE
);

CREATE TABLE forum_posts (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL,
    author_name TEXT NOT NULL,
    ip TEXT,
    body TEXT NOT NULL,
    posted_at INTEGER
);

CREATE TABLE bans (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    until INTEGER
);

CREATE TABLE servers (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    public_ip TEXT NOT NULL,
    system TEXT NOT NULL,
    virtualisation TEXT,
    retired_on DATE
);

CREATE TABLE licence_checks (
    id INTEGER PRIMARY KEY,
    server_id INTEGER NOT NULL REFERENCES servers (id),
    product TEXT NOT NULL,
    source TEXT NOT NULL,
    status TEXT,
    checked_at INTEGER
);

CREATE TABLE feature_usage (
    id INTEGER PRIMARY KEY,
    server_id INTEGER NOT NULL REFERENCES servers (id),
    feature TEXT NOT NULL,
    times INTEGER NOT NULL,
    used_on DATE
);

CREATE TABLE page_totals (
    day DATE NOT NULL,
    page TEXT NOT NULL,
    views INTEGER NOT NULL,
    PRIMARY KEY (day, page)
);

CREATE TABLE feature_totals (
    month DATE NOT NULL,
    feature TEXT NOT NULL,
    servers INTEGER NOT NULL,
    PRIMARY KEY (month, feature)
);

CREATE TABLE uptime_samples (
    id INTEGER PRIMARY KEY,
    pool TEXT NOT NULL,
    share REAL NOT NULL,
    sampled_at INTEGER
);

CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    finished_at DATETIME
);
