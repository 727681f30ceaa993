import { useState } from 'preact/hooks';
import { type Resource, type Schema, textOf } from '../../hypermedia/documents.js';
import { type Problem, problemOf } from '../../hypermedia/problem.js';
import { pathTo, usePanel } from '../context.js';
import { titleOf } from '../titles.js';
import { Dialog } from './dialog.js';
import { ProblemBox } from './problem-box.js';

interface RemoveButtonProps {
  readonly schema: Schema;
  readonly resource: Resource;
}

/** Actions that the button, and the banner of what is put aside, ask for; none of a type that can’t be put aside. */
export function removalsOf({ resourceActions }: Schema): readonly string[] {
  return resourceActions['discard'] === undefined ? [] : ['discard', 'restore'];
}

const HOUR_S = 3_600;

/**
 * Removes a resource, after the reader has said so twice. What can be put aside is, so that it can be had back for a while;
 * to remove it at once is a second choice.
 */
export function RemoveButton({ schema, resource }: RemoveButtonProps) {
  const { api, catalogue, say, notify, go } = usePanel();
  const [asked, setAsked] = useState<'no' | 'yes'>('no');
  const [problem, setProblem] = useState<Problem | undefined>();
  const self = resource.links['self'];
  if (self === undefined) return null;
  const name = titleOf(resource);
  const discard = resource.actions['discard'];
  const grace = Number(catalogue.inputOf(schema, 'discard')['graceSeconds']?.default ?? 0);
  const trying = async (remove: () => Promise<void>): Promise<void> => {
    try {
      await remove();
      go(pathTo(schema.pluralName));
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  const removeNow = (): Promise<void> =>
    trying(async () => {
      await api.remove(self);
      notify(say('toast.deleted', { name }));
    });
  const putAside = (to: string): Promise<void> =>
    trying(async () => {
      const back = (await api.act(to)).actions['restore'];
      const undo = back === undefined ? undefined : () => api.act(back);
      notify(say('toast.discarded', { name }), undo);
    });
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsked('yes')}>
        {say('action.delete')}
      </button>
      {asked === 'yes' && (
        <Dialog title={`${say('action.delete')}: ${name}`} onClose={() => setAsked('no')}>
          {discard === undefined ? (
            <p>{say('confirm.delete', { name })}</p>
          ) : (
            <p>{say('confirm.discard', { name, hours: Math.round(grace / HOUR_S) })}</p>
          )}
          <ProblemBox problem={problem} />
          <div class="actions">
            {discard !== undefined && (
              <button type="button" class="danger" onClick={() => void putAside(discard)}>
                {say('action.delete')}
              </button>
            )}
            <button type="button" onClick={() => setAsked('no')}>
              {say('action.cancel')}
            </button>
            {discard === undefined ? (
              <button type="button" class="danger" onClick={() => void removeNow()}>
                {say('action.delete')}
              </button>
            ) : (
              <button type="button" class="plain wrong apart" onClick={() => void removeNow()}>
                {say('action.deleteNow')}
              </button>
            )}
          </div>
        </Dialog>
      )}
    </>
  );
}

interface DiscardedBannerProps {
  readonly resource: Resource;
}

/** Says of what is put aside until when it can be had back, and takes it back. Nothing for all else. */
export function DiscardedBanner({ resource }: DiscardedBannerProps) {
  const { api, amounts, say, notify } = usePanel();
  const [problem, setProblem] = useState<Problem | undefined>();
  const back = resource.actions['restore'];
  const until = resource['removeAfter'];
  if (back === undefined || until === null || until === undefined) return null;
  const restore = async (): Promise<void> => {
    try {
      await api.act(back);
      notify(say('toast.restored', { name: titleOf(resource) }));
    } catch (thrown) {
      setProblem(problemOf(thrown));
    }
  };
  return (
    <section class="explain busy" aria-label={say('discarded.title')}>
      <h2>{say('discarded.title')}</h2>
      <p>{say('discarded.text', { when: amounts.moment(textOf(until)) })}</p>
      <ProblemBox problem={problem} />
      <button type="button" onClick={() => void restore()}>
        {say('do.restore')}
      </button>
    </section>
  );
}
