import { register } from 'node:module';

// Imported before a measured process's own code: from then on, its SQLite counts.
register('./count-sql-hooks.js', import.meta.url);
