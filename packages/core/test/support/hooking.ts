import { HOOK, type HookRegistration, type Plugin } from '@gdcloud/core';

/** A plug-in that takes part where these hooks say. */
export function hooking(...hooks: readonly HookRegistration[]): Plugin {
  return (container) => {
    for (const hook of hooks) container.register(HOOK, { useValue: hook });
  };
}
