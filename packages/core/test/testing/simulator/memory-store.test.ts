import { MemoryStore } from '../../../dist/testing/simulator/memory-store.js';
import { storeContract } from '../../adapters/store/store-contract.js';

storeContract('in memory', () => Promise.resolve(new MemoryStore()));
