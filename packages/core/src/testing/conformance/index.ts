export type { Level } from './check.js';
export { CHECKS, type ConformOptions, conform } from './conform.js';
export { type CheckResult, ConformanceReport, KIT_VERSION, type ReportDocument } from './report.js';
export type { Backend, BackendEnv, DriverProcess, Specs, Subject } from './subject.js';
