import { useEffect, useState } from 'preact/hooks';
import { usePanel } from '../context.js';

interface SaveLinkProps {
  /** `office.conf` */
  readonly file: string;
  readonly text: string;
}

/** Saves a text as a file on the reader’s machine; it goes nowhere else. */
export function SaveLink({ file, text }: SaveLinkProps) {
  const { say } = usePanel();
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return (
    <a class="button" download={file} href={url}>
      {say('action.saveAs', { file })}
    </a>
  );
}

/** A name that every file system takes: `My laptop (new)` as `my-laptop-new`. */
export function fileName(name: string, otherwise: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return plain === '' ? otherwise : plain;
}
