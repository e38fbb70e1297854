require("./engineWatch").watchAsCommand();
