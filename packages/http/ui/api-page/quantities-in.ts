import { bytesIn } from '../format/byte-units.js';
import { found, type PageTools } from './page-tools.js';

/** Writes moments and sizes in the reader's locale; what the API says of them is a hover away. */
export function writeQuantities(part: Element, { amounts }: PageTools): void {
  for (const time of found(part, 'time[datetime]', HTMLTimeElement)) {
    if (Number.isNaN(Date.parse(time.dateTime))) continue;
    time.title = time.dateTime;
    time.textContent = amounts.moment(time.dateTime);
  }
  for (const size of found(part, 'data[data-unit]', HTMLDataElement)) {
    const bytes = Number(size.value) * (bytesIn(size.dataset['unit'] ?? '') ?? Number.NaN);
    if (Number.isNaN(bytes)) continue;
    size.title = `${size.value} ${size.dataset['unit']}`;
    size.textContent = amounts.bytes(bytes);
  }
}
