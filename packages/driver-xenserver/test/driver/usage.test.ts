import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { parseRrdUpdates, UnreadableRrd } from '../../dist/client/rrd-updates.js';
import { usageOf } from '../../dist/driver/servers/usage.js';
import { call, converge, keyOf, serverOn, startCloud } from '../cloud.js';
import { openLaboratory } from '../pool-in-process.js';

const VM = '0190a000-0000-7000-8000-00000000a001';
const LEGEND = ['cpu0', 'cpu1', 'memory', 'vbd_xvda_read', 'vbd_xvdb_read', 'vif_0_rx', 'vif_0_tx'];
const entries = LEGEND.map((name) => `AVERAGE:vm:${VM}:${name}`);
const XML = `<?xml version="1.0"?><xport><meta><start>0</start><step>5</step><end>10</end><rows>2</rows>
<columns>7</columns><legend>${entries.map((entry) => `<entry>${entry}</entry>`).join('\n')}</legend></meta>
<data><row><t>10</t><v>0.5</v><v>0.25</v><v>1024</v><v>1</v><v>2</v><v>7</v><v>NaN</v></row>
<row><t>5</t><v>NaN</v><v>NaN</v><v>NaN</v><v>NaN</v><v>NaN</v><v>NaN</v><v>NaN</v></row></data></xport>`;
const JSON_FORM = `{"meta":{"step":5,"legend":${JSON.stringify(entries)}},"data":[
{"t":10,"values":[0.5,0.25,1024,1,2,7,NaN]},{"t":5,"values":[NaN,NaN,NaN,NaN,NaN,NaN,NaN]}]}`;

t.test('both forms say the same, the newest last', (t) => {
  const expected = {
    stepSeconds: 5,
    samples: [
      {
        at: 5_000,
        cpuPercent: null,
        memoryBytes: null,
        diskReadBytesPerSecond: null,
        diskWriteBytesPerSecond: null,
        networkReceiveBytesPerSecond: null,
        networkSendBytesPerSecond: null,
      },
      {
        at: 10_000,
        cpuPercent: 37.5,
        memoryBytes: 1024,
        diskReadBytesPerSecond: 3,
        diskWriteBytesPerSecond: null,
        networkReceiveBytesPerSecond: 7,
        networkSendBytesPerSecond: null,
      },
    ],
  };
  for (const text of [XML, JSON_FORM]) t.same(usageOf(parseRrdUpdates(text), VM), expected);
  const other = usageOf(parseRrdUpdates(XML), 'another');
  t.equal(other.samples[1]?.memoryBytes, null, 'what is of another VM is not told');
  t.end();
});

t.test('hostile answers are refused, and nothing else is thrown', (t) => {
  const rows = '<row><t>5</t></row>'.repeat(5_000);
  for (const text of [
    '',
    '{}',
    'null',
    '[]',
    '<html></html>',
    '<xport><meta><step>0</step></meta><data></data></xport>',
    '<xport><meta><step>5</step></meta><data><row><t>5</t><v>1</v></row></data></xport>',
    `<xport><meta><step>5</step></meta><data>${rows}</data></xport>`,
    '<xport><meta><step>5</step></meta><data><row>',
    '{"meta":{"step":5,"legend":["a"]},"data":[{"t":1,"values":[]}]}',
    '{"meta":{"step":"x","legend":[]},"data":[]}',
  ]) {
    t.throws(() => parseRrdUpdates(text), UnreadableRrd, text.slice(0, 60));
  }
  fc.assert(
    fc.property(fc.constantFrom(XML, JSON_FORM), fc.nat(), fc.string(), (text, at, junk) => {
      const cut = at % text.length;
      try {
        parseRrdUpdates(text.slice(0, cut) + junk + text.slice(cut + junk.length));
      } catch (error) {
        if (!(error instanceof UnreadableRrd)) throw error;
      }
    }),
  );
  t.end();
});

t.test('a running server is measured over HTTP, a halted one is not', async (t) => {
  const cloud = await startCloud(t);
  const key = keyOf(randomUUID());
  const span = { from: Date.now() - 300_000, stepSeconds: 5 };
  await converge(cloud.driver.servers, key, serverOn(cloud.host));
  const usage = await cloud.driver.usage?.(key, span, call());
  t.equal(usage?.stepSeconds, 5);
  t.ok((usage?.samples.length ?? 0) > 50);
  t.equal(usage?.samples.at(-1)?.memoryBytes, 2 ** 30);
  for (const { cpuPercent } of usage?.samples ?? [])
    t.ok(cpuPercent !== null && cpuPercent >= 0 && cpuPercent <= 100);
  await converge(cloud.driver.servers, key, serverOn(cloud.host, { powerState: 'halted' }));
  t.same((await cloud.driver.usage?.(key, span, call()))?.samples, []);
});

t.test('the same guest at the same time is measured the same', async (t) => {
  const measured = async (): Promise<unknown> => {
    const laboratory = openLaboratory();
    const key = keyOf(VM);
    await laboratory.converge(laboratory.driver.servers, key, serverOn(laboratory.host));
    const span = { from: laboratory.clock.now() - 86_400_000, stepSeconds: 5 };
    return laboratory.driver.usage?.(key, span, laboratory.call());
  };
  const [one, other] = [await measured(), await measured()];
  t.same(one, other);
  t.match(one, { stepSeconds: 3_600 }, 'longer ago is told in longer steps');
});
