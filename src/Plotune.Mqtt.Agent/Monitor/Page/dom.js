// What every component is made of: Preact and htm, bound together.
import { Fragment, h, render } from './vendor/preact.js';
import htm from './vendor/htm.js';

export { Fragment, render };
export { useCallback, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState } from './vendor/preact-hooks.js';

export const html = htm.bind(h);
