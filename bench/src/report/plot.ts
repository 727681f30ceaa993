/** A measured pair. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What a drawing says around its points. */
export interface Captions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 70;
const RIGHT = 30;
const TOP = 50;
const BOTTOM = 60;

/** Draws points as SVG: `x` by powers of ten, `y` from 0, so that what is constant is a level line. */
export function plot(points: readonly Point[], captions: Captions): string {
  const powers = points.map(({ x }) => Math.log10(x));
  const [least, most] = [Math.min(...powers), Math.max(...powers)];
  const top = roundUp(Math.max(...points.map(({ y }) => y)));
  const across = (x: number): number =>
    LEFT + ((Math.log10(x) - least) / (most - least || 1)) * (WIDTH - LEFT - RIGHT);
  const up = (y: number): number => HEIGHT - BOTTOM - (y / top) * (HEIGHT - TOP - BOTTOM);
  const line = points.map(({ x, y }) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(' ');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text(WIDTH / 2, 25, captions.title, 'middle', 'font-size="15"'),
    ...ticks.flatMap((y) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up(y)}" y2="${up(y)}" stroke="#ddd"/>`,
      text(LEFT - 8, up(y) + 4, String(Number(y.toPrecision(3))), 'end'),
    ]),
    ...points.flatMap(({ x, y }) => [
      text(across(x), HEIGHT - BOTTOM + 20, x.toLocaleString('en'), 'middle'),
      `<circle cx="${across(x)}" cy="${up(y)}" r="4" fill="#1b6ac9"/>`,
      text(across(x), up(y) - 10, String(Number(y.toPrecision(3))), 'middle'),
    ]),
    `<polyline points="${line}" fill="none" stroke="#1b6ac9" stroke-width="2"/>`,
    text(WIDTH / 2, HEIGHT - 15, captions.x, 'middle'),
    text(18, HEIGHT / 2, captions.y, 'middle', `transform="rotate(-90 18 ${HEIGHT / 2})"`),
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, words: string, anchor: string, more = ''): string {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${safe}</text>`;
}

/** To the next number of 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((digit) => digit * power >= value) ?? 10) * power;
}
