export { vhdOnFile } from '../files/vhd-on-file.js';
export { MemoryFileSystem } from './memory-file-system.js';
