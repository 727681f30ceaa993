import { usePanel } from '../context.js';
import { ShareBar } from './share-bar.js';

interface TakenShareProps {
  /** Whose it is. */
  readonly name: string;
  /** Both in bytes. */
  readonly used: number;
  readonly whole: number;
}

/** How many bytes of a whole are taken: `18 GB of 1,016 GB (2 %)`. */
export function TakenShare({ name, used, whole }: TakenShareProps) {
  const { amounts, say } = usePanel();
  const text = say('capacity.share', {
    used: amounts.bytes(used),
    whole: amounts.bytes(whole),
    percent: amounts.percent(whole > 0 ? used / whole : 0),
  });
  return <ShareBar name={name} used={used} whole={whole} text={text} />;
}
