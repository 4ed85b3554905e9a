// The built-in broker's settings.
import { api } from '../api.js';
import { html } from '../dom.js';
import { Notice } from '../ui.js';
import { Check, FormDialog, Input, SecretInput, numberOrNothing } from './form.js';

/** @param broker The built-in broker as it is stored. */
export function BrokerForm({ broker: { state, ...settings }, onClose }) {
  const read = draft => {
    const body = { ...draft };
    // What is absent would stay as it is.
    numberOrNothing(body, 'port', 1883);
    numberOrNothing(body, 'websocketPort', 0);
    return { body, faults: [] };
  };
  return html`<${FormDialog} title="Settings of the built-in broker" action="Save" onClose=${onClose} draft=${{ ...settings, websocketPort: settings.websocketPort || '' }} read=${read} save=${body => api.put('/api/built-in-broker', body)}>
    ${({ draft, ...form }) => html`
      ${state.status === 'listening' && html`<${Notice} kind="info">Changed settings start it anew: its sessions and retained messages end.<//>`}
      <div class="form-grid">
        <${Input} ...${form} name="bind" value=${draft.bind} label="Listens at" placeholder="127.0.0.1" hint="An IP address of this computer; 0.0.0.0 is all of them, and needs a password" autofocus />
        <${Input} ...${form} name="port" value=${draft.port} label="Port" numeric placeholder="1883" hint="0 lets the system choose" />
        <${Input} ...${form} name="websocketPort" value=${draft.websocketPort} label="Port for WebSocket" numeric placeholder="none" />
        <${Input} ...${form} name="username" value=${draft.username} label="User name" placeholder="any" />
        <${SecretInput} ...${form} name="password" value=${draft.password} label="Password" hint="Clients must send it; none lets everybody in" />
        <${Check} ...${form} name="enabled" value=${draft.enabled} label="Switched on" />
      </div>`}
  <//>`;
}
