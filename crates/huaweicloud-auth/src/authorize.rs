//! Credentials on a request.

use http::HeaderMap;

use crate::credential::credentials::{Credentials, Identity};
use crate::sign::error::SigningError;
use crate::sign::headers::X_AUTH_TOKEN;
use crate::sign::request::RequestView;
use crate::sign::signature::Signed;
use crate::sign::signer::Signer;
use crate::sign::time::SigningTime;

impl Credentials {
    /// Authorizes a request: it gets the token, or is signed with the access key as of now. Gives what was signed.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::sign`].
    pub fn authorize<B: AsRef<[u8]>>(
        &self,
        request: &mut http::Request<B>,
        now: SigningTime,
    ) -> Result<Option<Signed>, SigningError> {
        let signed = self.sign(|| Ok(RequestView::from(&*request)), now)?;
        self.set_headers(request.headers_mut(), signed.as_ref());
        Ok(signed)
    }

    /// The same for a request of reqwest. A bare `+` in the query, which reqwest writes for a space, becomes `%20`.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::sign`], and a body that is a stream.
    #[cfg(feature = "http")]
    pub fn authorize_reqwest(
        &self,
        request: &mut reqwest::Request,
        now: SigningTime,
    ) -> Result<Option<Signed>, SigningError> {
        if let Some(query) = request.url().query().filter(|query| query.contains('+')) {
            let query = query.replace('+', "%20");
            request.url_mut().set_query(Some(&query));
        }
        let view = || {
            let body = request
                .body()
                .map(|body| body.as_bytes().ok_or(SigningError::BodyIsStream));
            Ok(RequestView::of_reqwest(request, body.transpose()?.unwrap_or_default()))
        };
        let signed = self.sign(view, now)?;
        self.set_headers(request.headers_mut(), signed.as_ref());
        Ok(signed)
    }

    /// The signature, where an access key makes one.
    fn sign<'a>(
        &self,
        view: impl FnOnce() -> Result<RequestView<'a>, SigningError>,
        now: SigningTime,
    ) -> Result<Option<Signed>, SigningError> {
        match self.identity() {
            Identity::Token(_) => Ok(None),
            Identity::AccessKey(key) => Signer::new().sign(key, &view()?, now).map(Some),
        }
    }

    fn set_headers(&self, headers: &mut HeaderMap, signed: Option<&Signed>) {
        if let Identity::Token(token) = self.identity() {
            headers.insert(X_AUTH_TOKEN, token.header_value());
        }
        for (name, value) in signed.into_iter().flat_map(Signed::headers) {
            headers.insert(name.clone(), value.clone());
        }
    }
}
