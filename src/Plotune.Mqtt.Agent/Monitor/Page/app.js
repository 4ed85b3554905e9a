// The page: its header, the view that the address names, and what it says about itself.
import { html, render, useEffect, useErrorBoundary, useState } from './dom.js';
import { feed } from './feed.js';
import { count, span, time } from './format.js';
import { token } from './token.js';
import { Dialog, Field, Notice, Symbol, Text, useFeed, useNow, useRoute } from './ui.js';
import { Connections } from './views/connections.js';
import { Messages } from './views/messages.js';
import { Out } from './views/out.js';
import { Signals } from './views/signals.js';

const views = { connections: Connections, signals: Signals, messages: Messages, out: Out };
const titles = { connections: 'Connections', signals: 'Signals', messages: 'Messages', out: 'Out' };

function App() {
  const { view } = useRoute();
  const { link, status } = useFeed();
  const shown = Object.hasOwn(views, view) ? view : 'connections';
  useEffect(() => feed.show('status', true), []);
  useEffect(() => {
    document.title = `${titles[shown]} – Plotune MQTT`;
  }, [shown]);
  return html`
    <${Header} shown=${shown} />
    <${LinkBanner} />
    <main id="main" tabindex="-1" key=${shown} class=${link !== 'open' && status !== null ? 'stale' : ''}><${Guarded} view=${views[shown]} /></main>
    <${TokenDialog} />`;
}

/** A fault in one view must not take the page away. */
function Guarded({ view }) {
  const [error, reset] = useErrorBoundary(fault => console.error(fault));
  if (!error) return html`<${view} />`;
  return html`<section class="view"><${Notice} kind="bad" role="alert">This part of the page has failed: ${String(error.message ?? error)} <button type="button" class="small" onClick=${reset}>Show it again</button><//></section>`;
}

function Header({ shown }) {
  const { status } = useFeed();
  const counts = status?.agent?.counts;
  const numbers = { connections: counts && `${count(counts.connected)}/${count(counts.connections)}`, signals: counts && count(counts.signals) };
  return html`<header class="top">
    <a class="skip" href="#main" onClick=${skip}>To the content</a>
    <h1><img src="/monitor/icon.svg" alt="" width="22" height="22" />Plotune <span>MQTT</span></h1>
    <nav aria-label="Views">
      ${Object.keys(views).map(name => html`<a key=${name} href=${`#/${name}`} aria-current=${name === shown ? 'page' : undefined}>${titles[name]}${numbers[name] && html` <small>${numbers[name]}</small>`}</a>`)}
    </nav>
    <${LinkState} />
  </header>`;
}

// The hash is the view's address, so the browser cannot follow this one by itself.
function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function LinkState() {
  const { link, hello } = useFeed();
  const words = { connecting: 'Connecting', open: 'Live', lost: 'Agent away', unauthorised: 'Token needed' };
  const kinds = { connecting: 'wait', open: 'ok', lost: 'bad', unauthorised: 'warn' };
  return html`<div class=${`link ${kinds[link]}`} role="status" title=${hello ? `${hello.name} ${hello.version}` : undefined}><${Symbol} kind=${kinds[link]} />${words[link]}</div>`;
}

/** Says that the agent is away, or was away and is another run now. */
function LinkBanner() {
  const { link, retryAt, lostAt, restartedAt, restarts, error } = useFeed();
  const [seen, setSeen] = useState(0);
  useNow();
  if (link === 'lost' || (link === 'connecting' && lostAt !== null)) {
    const left = retryAt === null ? null : Math.ceil((retryAt - Date.now()) / 1000);
    return html`<div class="banner bad" role="alert"><${Symbol} kind="bad" /><span>The agent has been away since ${time(lostAt / 1000)}. What you see is from before. <${Text} value=${error} /></span>
      <span class="banner-next" aria-live="off">${left === null || left <= 0 ? 'Trying now …' : `Next try in ${span(left)}.`}</span><button type="button" class="small" onClick=${() => feed.retryNow()}>Try now</button></div>`;
  }

  if (error && link === 'open') {
    return html`<div class="banner warn" role="alert"><${Symbol} kind="warn" /><span>The agent does not show all that this page asks for: <${Text} value=${error} /></span><button type="button" class="small" onClick=${() => feed.forgetError()}>Close</button></div>`;
  }

  if (restarts > seen && link === 'open') {
    return html`<div class="banner info" role="status"><${Symbol} kind="info" /><span>The agent was restarted at ${time(restartedAt / 1000)}; everything is live again. Its counters begin anew.</span>
      <button type="button" class="small" onClick=${() => setSeen(restarts)}>Close</button></div>`;
  }

  return null;
}

function TokenDialog() {
  const { link } = useFeed();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  if (link !== 'unauthorised') return null;
  const submit = event => {
    event.preventDefault();
    token.set(text.trim());
    setTried(true);
    feed.retryNow();
  };
  return html`<${Dialog} title="This agent asks for its token">
    <form onSubmit=${submit}>
      <div class="dialog-body">
        <${Field} label="Token" hint="The one the agent was started with. It is kept until this tab is closed." error=${tried ? 'The agent does not take this one.' : ''}>
          ${attributes => html`<input ...${attributes} type="password" autocomplete="off" value=${text} onInput=${event => setText(event.target.value)} autofocus />`}
        <//>
      </div>
      <footer class="dialog-foot"><button class="primary">Open</button></footer>
    </form>
  <//>`;
}

render(html`<${App} />`, document.getElementById('app'));
feed.start();
