impl ClientHooks<Transport> for crate::made_up::client::Client {
    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let client = raw::Client::new_with_client(&self.baseurl, self.client.clone(), self.inner.clone());
        client.exec(request, info).await
    }
}

impl crate::Client {
    /// The operations of the made-up document.
    pub fn made_up(&self) -> crate::made_up::client::Client {
        let raw = self.raw();
        crate::made_up::client::Client::new_with_client(&raw.baseurl, raw.client.clone(), raw.inner.clone())
    }
}

