// Preloaded by test files: nothing in them listens to what Node tells of each promise. tap would, to say which test an
// error belongs to that nobody caught; every promise then costs several times as much, a third of the time of all tests.
// Such an error still fails the file, by its stack. AsyncLocalStorage needs no such hooks.
import asyncHooks from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

const deaf = { enable: () => deaf, disable: () => deaf };
asyncHooks.createHook = () => deaf;
syncBuiltinESMExports();
