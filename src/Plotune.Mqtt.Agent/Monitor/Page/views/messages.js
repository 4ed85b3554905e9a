import { html } from '../dom.js';

export function Messages() {
  return html`<section class="view" aria-labelledby="messages-title"><h2 id="messages-title">Messages</h2></section>`;
}
