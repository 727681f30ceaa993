import t from 'tap';
import { LIKE_NEWEST, NEWEST } from './examine.js';
import { examineServers } from './examine-servers.js';

examineServers(t, NEWEST, ...LIKE_NEWEST);
