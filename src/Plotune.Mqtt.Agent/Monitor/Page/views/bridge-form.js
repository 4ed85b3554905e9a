// Bridging a variable by hand, and changing how much of it is published.
import { api, part } from '../api.js';
import { html } from '../dom.js';
import { feed } from '../feed.js';
import { Text } from '../ui.js';
import { FormDialog, Input, faultsOfName, numberOrNothing } from './form.js';

/**
 * The dialog.
 * @param bridge The one to change; null for a new one.
 */
export function BridgeForm({ bridge, onClose }) {
  return bridge === null ? html`<${NewBridge} onClose=${onClose} />` : html`<${BridgeOptions} bridge=${bridge} onClose=${onClose} />`;
}

function NewBridge({ onClose }) {
  const read = draft => {
    const body = { ...draft };
    numberOrNothing(body, 'source_port');
    numberOrNothing(body, 'rate_limit');
    numberOrNothing(body, 'dead_band');
    if (body.source_ip.trim() === '') delete body.source_ip;
    return { body, faults: faultsOfName(body.name, feed.state.status.bridges, 'a bridge') };
  };
  return html`<${FormDialog} title="Bridge a variable" action="Bridge" onClose=${onClose} draft=${{ name: '', source_ip: '127.0.0.1', source_port: '', rate_limit: '', dead_band: '' }} read=${read} save=${body => api.post(`/bridge/${part(body.name)}`, body)}>
    ${({ draft, ...form }) => html`<div class="form-grid">
      <${Input} ...${form} name="name" value=${draft.name} label="Variable" hint="Its name at its source, and the last level of its topic" autofocus />
      <${Input} ...${form} name="source_ip" value=${draft.source_ip} label="Its extension's address" />
      <${Input} ...${form} name="source_port" value=${draft.source_port} label="Port" numeric />
      <${LessOfIt} ...${form} draft=${draft} rate="rate_limit" band="dead_band" />
    </div>`}
  <//>`;
}

function BridgeOptions({ bridge: { name, rateLimit, deadBand }, onClose }) {
  const read = draft => {
    const body = { ...draft };
    // What is absent would stay as it is.
    numberOrNothing(body, 'rateLimit', 0);
    numberOrNothing(body, 'deadBand', 0);
    return { body, faults: [] };
  };
  return html`<${FormDialog} title=${html`Edit <${Text} value=${name} max=${60} />`} action="Save" onClose=${onClose} draft=${{ rateLimit: rateLimit || '', deadBand: deadBand || '' }} read=${read} save=${body => api.put(`/api/bridges/${part(name)}`, body)}>
    ${({ draft, ...form }) => html`<div class="form-grid"><${LessOfIt} ...${form} draft=${draft} rate="rateLimit" band="deadBand" autofocus /></div>`}
  <//>`;
}

function LessOfIt({ draft, rate, band, autofocus, ...form }) {
  return html`
    <${Input} ...${form} name=${rate} value=${draft[rate]} label="At most, samples a second" placeholder="no limit" hint="The newest of them counts" inputmode="decimal" autofocus=${autofocus} />
    <${Input} ...${form} name=${band} value=${draft[band]} label="Dead band" placeholder="none" hint="A number that differs by less from the last one published is left out" inputmode="decimal" />`;
}
