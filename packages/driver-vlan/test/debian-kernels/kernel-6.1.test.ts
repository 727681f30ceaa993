import { carryNetworksOn } from './networks-on-kernel.js';

carryNetworksOn('6.1');
