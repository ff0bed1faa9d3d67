-- The database of a sample hosting company. As in most real ones, only some of the links are foreign keys, and each
-- table writes time in its own way.

-- People and accounts ------------------------------------------------------------------------------------------------

CREATE TABLE clients (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    name TEXT NOT NULL,
    company TEXT,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    address TEXT,
    birth_date DATE,
    national_id TEXT,
    passport TEXT,
    tax_id TEXT,
    guardian_approved_at DATETIME,
    joined_ip TEXT,
    last_seen_at DATETIME,
    keep_until DATE
);

CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    national_id TEXT,
    tax_id TEXT,
    removed_at DATETIME
);

CREATE TABLE cards (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    holder TEXT NOT NULL,
    number TEXT NOT NULL,
    expires_on DATE
);

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    product TEXT NOT NULL,
    state TEXT NOT NULL,
    placed_at DATETIME NOT NULL,
    ended_at DATETIME,
    ip TEXT
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

CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    invoice_id INTEGER NOT NULL REFERENCES invoices (id),
    payer TEXT NOT NULL,
    method TEXT NOT NULL,
    amount NUMERIC NOT NULL,
    received_on DATE
);

CREATE TABLE disclosures (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    ground TEXT NOT NULL,
    disclosed_on DATE
);

-- Visits and marketing -----------------------------------------------------------------------------------------------

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    client_id INTEGER,
    ip TEXT,
    last_used_at INTEGER
);

CREATE TABLE preferences (
    visitor TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at TEXT,
    PRIMARY KEY (visitor, name)
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
    necessary BOOLEAN NOT NULL,
    functional BOOLEAN NOT NULL,
    analytical BOOLEAN NOT NULL,
    decided_at TEXT
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

CREATE TABLE subscribers (
    id INTEGER PRIMARY KEY,
    client_id INTEGER,
    email TEXT NOT NULL UNIQUE,
    name TEXT,
    state TEXT NOT NULL,
    changed_at DATETIME
);

-- Services, and the machines they run on -----------------------------------------------------------------------------

CREATE TABLE services (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    ended_on DATE
);

CREATE TABLE domains (
    id INTEGER PRIMARY KEY,
    service_id INTEGER NOT NULL REFERENCES services (id),
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    ended_on DATE
);

CREATE TABLE domain_contacts (
    id INTEGER PRIMARY KEY,
    domain_id INTEGER NOT NULL REFERENCES domains (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT,
    address TEXT,
    published BOOLEAN NOT NULL
);

CREATE TABLE certificates (
    id INTEGER PRIMARY KEY,
    service_id INTEGER NOT NULL REFERENCES services (id),
    host TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    expires_on DATE
);

CREATE TABLE servers (
    id INTEGER PRIMARY KEY,
    service_id INTEGER NOT NULL REFERENCES services (id),
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

-- What people write --------------------------------------------------------------------------------------------------

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

CREATE TABLE chats (
    id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    ended_at INTEGER,
    words TEXT NOT NULL
);

CREATE TABLE testimonials (
    id INTEGER PRIMARY KEY,
    client_id INTEGER,
    author TEXT NOT NULL,
    company TEXT,
    body TEXT NOT NULL,
    given_on DATE,
    agreed_until DATE
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

-- What leads to nobody -----------------------------------------------------------------------------------------------

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

-- As a shop's own queries would want them: by the client, and by what a row belongs to.
CREATE INDEX contacts_client ON contacts (client_id);
CREATE INDEX cards_client ON cards (client_id);
CREATE INDEX orders_client ON orders (client_id);
CREATE INDEX invoices_client ON invoices (client_id);
CREATE INDEX invoice_items_invoice ON invoice_items (invoice_id);
CREATE INDEX payments_invoice ON payments (invoice_id);
CREATE INDEX disclosures_client ON disclosures (client_id);
CREATE INDEX sessions_client ON sessions (client_id);
CREATE INDEX page_views_client ON page_views (client_id);
CREATE INDEX cookie_consents_client ON cookie_consents (client_id);
CREATE INDEX logins_client ON logins (client_id);
CREATE INDEX subscribers_client ON subscribers (client_id);
CREATE INDEX services_client ON services (client_id);
CREATE INDEX domains_service ON domains (service_id);
CREATE INDEX domain_contacts_domain ON domain_contacts (domain_id);
CREATE INDEX certificates_service ON certificates (service_id);
CREATE INDEX servers_service ON servers (service_id);
CREATE INDEX licence_checks_server ON licence_checks (server_id);
CREATE INDEX feature_usage_server ON feature_usage (server_id);
CREATE INDEX tickets_client ON tickets (client_id);
CREATE INDEX ticket_posts_ticket ON ticket_posts (ticket_id);
CREATE INDEX mails_client ON mails (client_id);
CREATE INDEX letters_client ON letters (client_id);
CREATE INDEX attachments_object ON attachments (object_type, object_id);
CREATE INDEX attachments_file ON attachments (file_id);
CREATE INDEX chats_client ON chats (client_id);
CREATE INDEX testimonials_client ON testimonials (client_id);
CREATE INDEX forum_posts_author ON forum_posts (author_id);
CREATE INDEX bans_client ON bans (client_id);
