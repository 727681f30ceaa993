import { encode } from 'uqr';

interface QrCodeProps {
  readonly text: string;
  readonly label: string;
}

/** As much white around it as cameras want: four modules (ISO/IEC 18004, 6.3.8). */
const QUIET = 4;

/** A text as a QR code. Black on white in both themes: many cameras read no other. */
export function QrCode({ text, label }: QrCodeProps) {
  const { size, data } = encode(text, { ecc: 'L', border: QUIET });
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
      <rect width={size} height={size} fill="#ffffff" />
      <path fill="#000000" d={pathOf(data)} />
    </svg>
  );
}

/** Black modules as one path: a run of them in a row as one rectangle. */
export function pathOf(rows: readonly (readonly boolean[])[]): string {
  return rows
    .map((row, y) => {
      let path = '';
      for (let x = 0; x < row.length; x += 1) {
        if (row[x] !== true) continue;
        const from = x;
        while (row[x + 1] === true) x += 1;
        path += `M${from} ${y}h${x - from + 1}v1H${from}z`;
      }
      return path;
    })
    .join('');
}
