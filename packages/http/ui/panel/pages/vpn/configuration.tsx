import { type Resource, textOf } from '../../../hypermedia/documents.js';
import { usePanel } from '../../context.js';
import { CopyButton } from '../../parts/copy-button.js';
import { fileName, SaveLink } from '../../parts/save-link.js';
import { titleOf } from '../../titles.js';
import { QrCode } from './qr-code.js';

/** WireGuard takes names of so many characters. */
const LONGEST_NAME = 15;

/** The configuration of a VPN client, for the app of WireGuard: to be scanned, saved, or copied. */
export function Configuration({ resource }: { readonly resource: Resource }) {
  const { labels, say } = usePanel();
  const text = textOf(resource['configuration']);
  const file = `${fileName(titleOf(resource), 'gdcloud').slice(0, LONGEST_NAME)}.conf`;
  return (
    <div class="configuration">
      <figure>
        <QrCode text={text} label={say('vpn.qr')} />
        <figcaption>{say('vpn.qr')}</figcaption>
      </figure>
      <div>
        <h3>{say('vpn.phone')}</h3>
        <ol>
          <li>{say('vpn.phone1')}</li>
          <li>{say('vpn.phone2')}</li>
          <li>{say('vpn.phone3')}</li>
        </ol>
        <h3>{say('vpn.computer')}</h3>
        <ol>
          <li>
            {say('vpn.computer1')}{' '}
            <a href="https://www.wireguard.com/install/" target="_blank" rel="noreferrer">
              wireguard.com/install
            </a>
          </li>
          <li>{say('vpn.computer2')}</li>
        </ol>
        <div class="actions">
          <SaveLink file={file} text={text} />
          <CopyButton text={text} what={labels.field('vpnclient', 'configuration')} />
        </div>
        <details>
          <summary>{say('vpn.show')}</summary>
          <pre>{text}</pre>
        </details>
      </div>
    </div>
  );
}
