import { watchAsPlugin } from "../registry/engineWatch.js";

// A provider must not outlive its engine. In the repository the plugin that starts the providers sees to it.
watchAsPlugin();

export * from "../palette/index";
