interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function and the time spent in it alone. */
export interface HotFunction {
  readonly place: string;
  readonly ms: number;
  /** Of all the time the process was not idle. */
  readonly share: number;
}

/** The functions of a CPU profile that took most time themselves, not counting what they called. */
export function hottest(text: string, count: number): readonly HotFunction[] {
  const profile = JSON.parse(text) as Profile;
  const places = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const file = url.replace(/^.*\/(node_modules|packages)\//, '');
      return [id, `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`];
    }),
  );
  const times = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const place = places.get(id) ?? '(unknown)';
    times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
  });
  for (const place of times.keys()) if (place.startsWith('(idle)')) times.delete(place);
  const all = [...times.values()].reduce((sum, ms) => sum + ms, 0);
  return [...times]
    .map(([place, ms]) => ({ place, ms, share: ms / all }))
    .sort((left, right) => right.ms - left.ms)
    .slice(0, count);
}
