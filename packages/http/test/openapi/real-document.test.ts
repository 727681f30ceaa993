import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import openapiTS, { astToString } from 'openapi-typescript';
import t, { type Test } from 'tap';
import { serveRealCloud } from '../real-cloud.js';
import { at, basic } from '../served.js';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
// The compiler that the generator of types brings, not the one this house is built with.
const COMPILER = join(PACKAGE, 'node_modules/typescript/bin/tsc');

for (const who of ['admin', 'user'] as const) {
  t.test(`Redocly finds nothing to say about what the ${who} gets`, async (t) => {
    const real = await serveRealCloud(t);
    const { text } = await real.fetch('/v1/openapi.json', { key: real[who] });
    const config = await createConfig({ extends: ['recommended'] });
    const problems = await lintFromString({ source: text, config });
    t.strictSame(
      problems.map(({ severity, ruleId, message, location }) => ({
        severity,
        ruleId,
        message,
        at: location.map(({ pointer }) => pointer),
      })),
      [],
    );
  });
}

t.test('the linter would have found what is wrong', async (t) => {
  const real = await serveRealCloud(t);
  const { json } = await real.fetch('/v1/openapi.json');
  const { paths: _paths, ...rest } = Object(json);
  const source = JSON.stringify({ ...rest, paths: { '/x': { get: { responses: {} } } } });
  const config = await createConfig({ extends: ['recommended'] });
  t.ok((await lintFromString({ source, config })).length > 2);
});

t.test('a caller gets what it may use, as in schemas', async (t) => {
  const real = await serveRealCloud(t);
  const document = {
    admin: (await real.fetch('/v1/openapi.json')).json,
    user: (await real.fetch('/v1/openapi.json', { key: real.user })).json,
  };
  t.ok(at(document.admin, 'paths', '/hosts'));
  t.notOk(at(document.user, 'paths', '/hosts'), 'hosts are for administrators');
  t.ok(at(document.user, 'paths', '/offerings', 'get'));
  t.notOk(at(document.user, 'paths', '/offerings', 'post'));
  t.ok(at(document.admin, 'components', 'schemas', 'volumeMove'));
  t.notOk(at(document.user, 'components', 'schemas', 'volumeMove'));
  t.ok(at(document.admin, 'components', 'schemas', 'networkCreate', 'properties', 'accountId'));
  t.notOk(at(document.user, 'components', 'schemas', 'networkCreate', 'properties', 'accountId'));
  for (const who of ['admin', 'user'] as const) {
    const { json } = await real.fetch('/v1/schemas', { key: real[who] });
    const schemas: readonly unknown[] = Object(at(json, 'data'));
    const listed = schemas
      .filter((schema) => at(schema, 'collectionMethods', 0) !== undefined)
      .map((schema) => `/${String(at(schema, 'pluralName'))}`);
    const paths = Object.keys(Object(at(document[who], 'paths')));
    t.strictSame(
      paths.filter((path) => /^\/[a-z]+$/.test(path)).toSorted(),
      [...listed, '/events'].toSorted(),
      `the collections of the ${who}, and what happens in them`,
    );
  }
});

t.test('a client made of types that were generated compiles and works', async (t) => {
  const real = await serveRealCloud(t);
  await work(t, 'admin', `${real.url}/v1`, basic(real.admin));
  await work(t, 'user', `${real.url}/v1`, basic(real.user));
});

async function work(t: Test, who: string, url: string, authorization: string): Promise<void> {
  const folder = join(PACKAGE, 'dist-test/openapi/generated', who);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const answer = await fetch(`${url}/openapi.json`, { headers: { authorization } });
  const types = astToString(await openapiTS(await answer.text()));
  await writeFile(join(folder, 'schema.ts'), types);
  await copyFile(join(PACKAGE, 'test/openapi/generated/client.ts'), join(folder, 'client.ts'));
  const options = ['--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
  const compiled = await run(process.execPath, [COMPILER, ...options, 'client.ts'], {
    cwd: folder,
  }).catch((failed: { readonly stdout: string }) => failed);
  t.equal(compiled.stdout, '', `what the ${who} wrote compiles`);
  const ran = await run(process.execPath, ['client.js'], {
    cwd: folder,
    env: { ...process.env, URL: url, AUTHORIZATION: authorization },
  }).catch((failed: { readonly stdout: string; readonly stderr: string }) => failed);
  t.strictSame([ran.stdout, ran.stderr], ['all of it works\n', ''], `and works for the ${who}`);
}
