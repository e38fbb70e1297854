// Lets Node.js load TypeScript, with tsx. tsx would also read every JavaScript file that is loaded from now on: megabytes
// of libraries, which need nothing of it.
const loadJavaScript = require.extensions[".js"];
require("tsx/cjs");
require.extensions[".js"] = loadJavaScript;

// tsx has Node.js find the lines of its sources. Pulumi has set up a library for that which knows only those of
// JavaScript, and spends 0.2 s of every run on the SDK's own.
delete Error.prepareStackTrace;
