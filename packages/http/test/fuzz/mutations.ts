import type { Dice } from './dice.js';

type Mutation = (message: Buffer, dice: Dice, others: readonly Buffer[]) => Buffer;

/** Bytes that parsers stumble over. */
const TRICKY = ['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ';', ',', '%', '0', '\r\n\r\n', '\u00ff'];

const LINES = [
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: the-unexpected',
  'Host: evil.example',
  'Authorization: Basic YTpi',
  'Content-Type: multipart/form-data; boundary=b',
  'Content-Encoding: gzip',
  'Accept: text/html',
  'User-Agent: Mozilla/5.0',
  'If-Match: "1-0"',
  'If-None-Match: *',
  'Range: bytes=0-',
  'X-Forwarded-Host: evil.example',
  'Upload-Offset: 0',
];

const flipBit: Mutation = (message, { roll }) => {
  const copy = Buffer.from(message);
  const at = roll(copy.length);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << roll(8)), at);
  return copy;
};

const insertBytes: Mutation = (message, { roll, pick }) => {
  const at = roll(message.length + 1);
  const text = Buffer.from(pick(TRICKY), 'latin1');
  return Buffer.concat([message.subarray(0, at), text, message.subarray(at)]);
};

const cutOut: Mutation = (message, { roll }) => {
  const from = roll(message.length);
  const to = from + 1 + roll(8);
  return Buffer.concat([message.subarray(0, from), message.subarray(to)]);
};

const truncate: Mutation = (message, { roll }) => message.subarray(0, 1 + roll(message.length));

const splice: Mutation = (message, { roll, pick }, others) => {
  const other = pick(others);
  return Buffer.concat([
    message.subarray(0, roll(message.length)),
    other.subarray(roll(other.length)),
  ]);
};

const repeatStretch: Mutation = (message, { roll }) => {
  const from = roll(message.length);
  const stretch = message.subarray(from, from + 1 + roll(64));
  const times = 1 + roll(40);
  const copies = Array.from({ length: times }, () => stretch);
  return Buffer.concat([message.subarray(0, from), ...copies, message.subarray(from)]);
};

/** Header lines, and where the body begins. */
function linesOf(message: Buffer): { readonly lines: readonly string[]; readonly body: Buffer } {
  const end = message.indexOf('\r\n\r\n');
  const head = end === -1 ? message : message.subarray(0, end);
  return {
    lines: head.toString('latin1').split('\r\n'),
    body: end === -1 ? Buffer.alloc(0) : message.subarray(end + 4),
  };
}

function together(lines: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

const doubleLine: Mutation = (message, { roll }) => {
  const { lines, body } = linesOf(message);
  const at = roll(lines.length);
  return together([...lines.slice(0, at + 1), ...lines.slice(at)], body);
};

const addLine: Mutation = (message, { roll, pick }) => {
  const { lines, body } = linesOf(message);
  const at = 1 + roll(lines.length);
  return together([...lines.slice(0, at), pick(LINES), ...lines.slice(at)], body);
};

const dropLine: Mutation = (message, { roll }) => {
  const { lines, body } = linesOf(message);
  const at = roll(lines.length);
  return together([...lines.slice(0, at), ...lines.slice(at + 1)], body);
};

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  insertBytes,
  cutOut,
  truncate,
  splice,
  repeatStretch,
  doubleLine,
  addLine,
  dropLine,
];

/** A message that went wrong in one to four ways. */
export function mutated(message: Buffer, dice: Dice, others: readonly Buffer[]): Buffer {
  let result = message;
  for (let left = 1 + dice.roll(dice.roll(4) + 1); left > 0; left -= 1) {
    if (result.length === 0) return Buffer.from('\r\n');
    result = dice.pick(MUTATIONS)(result, dice, others);
  }
  return result.length === 0 ? Buffer.from('\r\n') : result;
}
