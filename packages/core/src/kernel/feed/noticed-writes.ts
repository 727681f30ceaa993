import type { Store } from '../../ports/store.js';

/** A store that says whenever something was written that callers can see. */
export function noticedWrites(store: Store, notice: () => void): Store {
  const noticed = async <Answer>(write: Promise<Answer>): Promise<Answer> => {
    const answer = await write;
    notice();
    return answer;
  };
  return {
    ...store,
    insert: (draft) => noticed(store.insert(draft)),
    change: (uuid, generation, change) => noticed(store.change(uuid, generation, change)),
    record: (uuid, fence, version, record) => noticed(store.record(uuid, fence, version, record)),
  };
}
