/** The result codes of ZooKeeper that something is decided by. */
export const ZOOKEEPER_CODES = {
  connectionLoss: -4,
  operationTimeout: -7,
  invalidState: -9,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  notEmpty: -111,
  nodeExists: -110,
  sessionExpired: -112,
  /** The state of a client that is not let in. */
  authFailedState: -113,
  authFailed: -115,
  closing: -116,
} as const;

/** A request that ZooKeeper or its client refused or lost. */
export class ZookeeperError extends Error {
  override readonly name = 'ZookeeperError';
  /** ZooKeeper's own result code. */
  readonly code: number;
  readonly path: string;
  /** What was asked for: `create`, `get`. */
  readonly op: string;

  constructor(code: number, op: string, path: string, meaning: string) {
    super(`${op} ${path}: ${meaning} (${code})`);
    this.code = code;
    this.op = op;
    this.path = path;
  }

  /** Whether a server has decided: what was asked for has not happened and will not. */
  get decided(): boolean {
    return isDecided(this.code);
  }
}

/** Whether a server gave this code, after looking at the request. Other codes come from the client, which knows less. */
export function isDecided(code: number): boolean {
  const { sessionExpired, noNode } = ZOOKEEPER_CODES;
  return code === 0 || (code <= noNode && code > sessionExpired);
}

/** Whether `thrown` is ZooKeeper's answer with this code. */
export function isCode(thrown: unknown, code: number): boolean {
  return thrown instanceof ZookeeperError && thrown.code === code;
}
