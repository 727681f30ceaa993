export { MemoryRecordFiles } from './memory-record-files.js';
