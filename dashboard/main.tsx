/** Where the page begins. */
import { render } from "preact";
import { App } from "./app.tsx";
import "./style/base.css";
import "./style/forms.css";
import "./style/runs.css";
import "./style/run.css";
import "./style/tree.css";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
