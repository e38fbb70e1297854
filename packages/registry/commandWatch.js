const { watchAsCommand } = require("./engineWatch");

watchAsCommand();
