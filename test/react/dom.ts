/**
 * A page to render into. Only what React needs of it is global: fetch, streams and timers stay Node's, as the server's are in
 * the same process. Import it before React.
 */
import { Window } from "happy-dom";

const window = new Window({ url: "http://shop.example/" });
const { document, navigator, HTMLElement, HTMLIFrameElement, Node, MutationObserver } = window;
Object.assign(globalThis, {
  window,
  document,
  navigator,
  HTMLElement,
  HTMLIFrameElement,
  Node,
  MutationObserver,
});
