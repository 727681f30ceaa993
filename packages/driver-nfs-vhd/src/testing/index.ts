export { MemoryFileSystem } from './memory-file-system.js';
