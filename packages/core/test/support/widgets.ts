import {
  type Driver,
  defineResourceType,
  int,
  type Outcome,
  type Pass,
  type Plugin,
  RECONCILER,
  RESOURCE_TYPE,
  type Reconciler,
  reference,
  string,
} from '@gdcloud/core';
import { MemoryObjects } from '@gdcloud/core/testing';
import { OPEN_ACCESS } from './resources.js';

/** What the outside knows of a widget. */
export interface WidgetState {
  readonly size: number;
}

/** A type with one outside object, for tests of the kernel alone. */
export const widgetType = defineResourceType({
  id: 'widget',
  plural: 'widgets',
  description: 'Something with one object outside.',
  spec: {
    size: int({ description: 'How large it is to be.', default: 1, min: 0 }),
    colour: string({ description: 'How it looks.' }),
    otherId: reference('widget', { description: 'The widget it needs.' }),
    ownerId: reference('widget', {
      description: 'The widget it belongs to.',
      role: 'belongs',
    }),
    ours: int({ description: 'How often it was grown.', write: 'internal', default: 0 }),
  },
  status: { weight: int({ description: 'How large it is.' }) },
  actions: {
    grow: {
      description: 'Make it larger.',
      input: { by: int({ description: 'By how much.', required: true, min: 1 }) },
      available: (widget) => widget.spec.size < 10,
      apply: (widget, { by }) => ({ size: widget.spec.size + by, ours: widget.spec.ours + 1 }),
    },
  },
  links: { parts: { kind: 'children', type: 'widget', field: 'ownerId' } },
  access: OPEN_ACCESS,
});

export type Widget = typeof widgetType;

/** Widgets, their outside, and the plug-in that brings both into a cloud. */
export interface Widgets {
  readonly plugin: Plugin;
  readonly objects: MemoryObjects<WidgetState, WidgetState>;
}

/** Makes an outside for widgets. `reconcile` takes the place of the plain reconciler. */
export function widgets(
  options: {
    readonly dataBearing?: 'yes' | 'no';
    readonly reconcile?: (
      pass: Pass<Widget>,
      driver: Driver<WidgetState, WidgetState>,
    ) => Promise<Outcome>;
  } = {},
): Widgets {
  const objects = new MemoryObjects<WidgetState, WidgetState>({
    name: 'memory.widgets',
    dataBearing: options.dataBearing ?? 'no',
    create: ({ size }) => ({ size }),
    compare: (desired, actual) =>
      desired.size === actual.size
        ? []
        : [{ field: 'size', desired: desired.size, actual: actual.size }],
    change: ({ size }) => ({ size }),
  });
  const reconcile = options.reconcile ?? plainly;
  const reconciler: Reconciler<Widget> = {
    type: widgetType,
    reconcile: (pass) => reconcile(pass, objects),
  };
  return {
    objects,
    plugin: (container) => {
      container.register(RESOURCE_TYPE, { useValue: widgetType });
      container.register(RECONCILER, { useValue: reconciler });
    },
  };
}

/** What a simple reconciler does: one object, as asked. */
export async function plainly(
  pass: Pass<Widget>,
  driver: Driver<WidgetState, WidgetState>,
): Promise<Outcome> {
  if (pass.resource.deleteRequestedAt !== null) {
    const left = await pass.dissolve('thing', driver);
    return left.kind === 'gone' ? left : left.outcome;
  }
  const thing = await pass.converge('thing', driver, { size: pass.resource.spec.size });
  if (thing.kind === 'unsettled') return thing.outcome;
  pass.report({ weight: thing.actual.size });
  return { kind: 'done' };
}
