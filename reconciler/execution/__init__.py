"""The only stage that writes to servers: observe, bind, perform, settle."""
