import "./mortalMocks";
import { propertyTest } from "./propertyTest";

propertyTest(1000);
