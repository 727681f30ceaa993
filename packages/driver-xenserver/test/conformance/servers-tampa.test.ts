import t from 'tap';
import { examineServers } from './examine-servers.js';

examineServers(t, 'tampa');
