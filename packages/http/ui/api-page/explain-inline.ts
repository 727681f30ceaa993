import { askPage, taken } from './ask-page.js';
import { found } from './page-tools.js';

/** Shows why something is not as asked, where the page only leads to it. */
export function showExplanations(part: Element): void {
  for (const section of found(part, '[data-explain]', HTMLElement)) void show(section);
}

async function show(section: HTMLElement): Promise<void> {
  const { page } = await askPage(section.dataset['explain'] ?? '').catch(() => ({
    page: undefined,
  }));
  const told = page?.getElementById('explanation');
  if (!told || !section.isConnected) return;
  const explanation = taken(told);
  explanation.className = 'explanation';
  for (const part of explanation.querySelectorAll('.only-page')) part.remove();
  section.querySelector('.explanation')?.remove();
  for (const other of section.querySelectorAll(':scope > p')) other.remove();
  section.append(explanation);
}
